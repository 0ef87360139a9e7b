import { Card, CardContent, Stack, Typography } from '@mui/material';
import { Title } from 'react-admin';
import { ExplainForm } from './ExplainForm.js';
import { PolicyState } from './PolicyState.js';
import { RuleList } from './RuleList.js';

/** Who may talk to whom across our border: the rules, and what they make of one case. */
export function PolicyPage() {
  return (
    <Stack spacing={2} sx={{ mt: 2 }}>
      <Title title="Policy" />
      <PolicyState />
      <Card variant="outlined" component="section" aria-labelledby="explain-title">
        <CardContent>
          <Typography id="explain-title" variant="h6" component="h2" gutterBottom>
            May somebody talk to a peer?
          </Typography>
          <ExplainForm />
        </CardContent>
      </Card>
      <RuleList />
    </Stack>
  );
}
