import { Chip } from '@mui/material';
import type { Account } from '@interoffice/contract';
import { useRecordContext } from 'react-admin';

const COLOUR = { active: 'success', suspended: 'warning', disabled: 'default', deleted: 'default' } as const;

/** An account's state; the word says it, the colour only helps. */
export function StateChip() {
  const account = useRecordContext<Account & { id: string }>();
  if (!account) return null;
  return <Chip size="small" variant="outlined" label={account.state} color={COLOUR[account.state]} />;
}
