import { Alert, Box, Button, TextField } from '@mui/material';
import { PeerDirection, PolicyClass, type PolicyExplanation, PolicyExplainQuery } from '@interoffice/contract';
import { type FormEvent, useState } from 'react';
import { explainPolicy } from './peer-requests.js';
import { Explanation } from './Explanation.js';

const DIRECTIONS = { in: 'From them to us', out: 'From us to them' } as const satisfies Record<PeerDirection, string>;
const COLUMNS = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))' };

/** Asks whether somebody may exchange something with a peer, and shows the rules that decide it. */
export function ExplainForm({ peer = '' }: { peer?: string }) {
  const [isBusy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<PolicyExplanation>();
  const [failure, setFailure] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setFailure(undefined);
    setAnswer(undefined);
    try {
      setAnswer(await explainPolicy(PolicyExplainQuery.parse(form)));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'It failed.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Box
      component="form"
      aria-label="Explain"
      onSubmit={(event: FormEvent<HTMLFormElement>) => void submit(event)}
      sx={{ display: 'grid', gap: 2 }}
    >
      <Box sx={COLUMNS}>
        <TextField id="explain-account" name="account" label="Person" placeholder="name@company.example" required />
        <TextField
          id="explain-peer"
          name="peer"
          label="Peer"
          placeholder="partner.example"
          defaultValue={peer}
          required
        />
        <Choice name="direction" label="Direction" initial="out" options={Object.entries(DIRECTIONS)} />
        <Choice name="class" label="What" initial="chat" options={PolicyClass.options.map((one) => [one, one])} />
      </Box>
      <Box>
        <Button type="submit" variant="outlined" disabled={isBusy}>
          Explain
        </Button>
      </Box>
      <div role="status">
        {failure === undefined ? null : <Alert severity="error">{failure}</Alert>}
        {answer ? <Explanation of={answer} /> : null}
      </div>
    </Box>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly initial: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

function Choice({ name, label, initial, options }: ChoiceProps) {
  return (
    <TextField
      select
      id={`explain-${name}`}
      name={name}
      label={label}
      defaultValue={initial}
      slotProps={{ select: { native: true } }}
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </TextField>
  );
}
