import { Alert, AlertTitle, Link } from '@mui/material';
import { usePermissions } from 'react-admin';
import { useLocation } from 'react-router';
import { useStatus } from './use-status.js';

/** Above every page, for who may see the status: what does not work, since when, and what to do. */
export function Alarm() {
  const { pathname } = useLocation();
  const { permissions = [] } = usePermissions<readonly string[]>();
  const { data, error } = useStatus(permissions.includes('status:read'));
  const failing = data?.parts.filter(({ state }) => state === 'failing') ?? [];
  // The status page says the same, at more length.
  if (pathname === '/status' || (failing.length === 0 && !error)) return null;
  return (
    <Alert severity="error" role="alert" sx={{ mt: 2 }}>
      <AlertTitle>{error ? 'The status cannot be read.' : 'Something does not work.'}</AlertTitle>
      {error ? error.message : null}
      {failing.map(({ name, detail, since, remedy }) => (
        <div key={name}>
          <strong>{name}</strong> since {new Date(since).toLocaleTimeString()}: {detail.replace(/\.$/, '')}. {remedy}
        </div>
      ))}
      <Link href="#/status">Show the status</Link>
    </Alert>
  );
}
