import { Alert, Box, Button, Card, CardContent, TextField, Typography } from '@mui/material';
import { useState, type FormEvent } from 'react';
import { Notification, useLogin } from 'react-admin';

/** Address and password; what goes wrong is said in the server's own words. */
export function LoginPage() {
  const login = useLogin();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    login({ username: form.get('username'), password: form.get('password') })
      .catch((failure: unknown) => setError(failure instanceof Error ? failure.message : 'The log-in failed.'))
      .finally(() => setBusy(false));
  };

  return (
    <Box
      component="main"
      sx={{ minHeight: '100dvh', display: 'grid', placeItems: 'center', bgcolor: 'background.default', p: 2 }}
    >
      <Card sx={{ width: '100%', maxWidth: 400 }} variant="outlined">
        <CardContent component="form" onSubmit={submit} sx={{ display: 'grid', gap: 2, p: 4 }}>
          <Typography component="h1" variant="h5">
            Interoffice console
          </Typography>
          <TextField
            name="username"
            label="Address"
            placeholder="name@company.example"
            autoComplete="username"
            required
            autoFocus
          />
          <TextField name="password" label="Password" type="password" autoComplete="current-password" required />
          {error === undefined ? null : <Alert severity="error">{error}</Alert>}
          <Button type="submit" variant="contained" size="large" disabled={busy}>
            Log in
          </Button>
        </CardContent>
      </Card>
      <Notification />
    </Box>
  );
}
