import { Alert, Box, Link } from '@mui/material';
import { usePermissions } from 'react-admin';
import { ArchiveSearch } from './archive/ArchiveSearch.js';
import { StatusPage } from './status/StatusPage.js';
import { Navigate } from 'react-router';

/** The first page after the log-in: what this person's role is for. */
export function Home() {
  const { permissions = [], isPending } = usePermissions<readonly string[]>();
  if (isPending) return null;
  if (permissions.includes('archive:read')) return <ArchiveSearch />;
  if (permissions.includes('status:read')) return <StatusPage />;
  if (permissions.includes('audit:read')) return <Navigate to="/audit" replace />;
  return (
    <Box sx={{ mt: 2 }}>
      <Alert severity="info">
        There is nothing for you to do in the console. Your messages are in the <Link href="/chat/">chat</Link>.
      </Alert>
    </Box>
  );
}
