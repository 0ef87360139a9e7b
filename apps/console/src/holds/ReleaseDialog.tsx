import { Hold } from '@interoffice/contract';
import { ReasonDialog } from '../retention/ReasonDialog.js';
import { ask } from '../http.js';

/** What the hold covered is under the rules of retention again. */
export function ReleaseDialog({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  return (
    <ReasonDialog
      title={`Release “${hold.name}”`}
      text="What it covered is under the rules of retention again; what they have ended goes with the next disposal."
      button="Release"
      renews="holds"
      act={(reason) => ask(Hold, `/holds/${hold.id}/release`, { method: 'POST', body: { reason } })}
      onClose={onClose}
    />
  );
}
