import { defaultDarkTheme, defaultLightTheme, type RaThemeOptions } from 'react-admin';

const shared: Partial<RaThemeOptions> = {
  // No font is fetched: each machine's own is the fastest and the most readable there.
  typography: { fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif' },
  shape: { borderRadius: 8 },
};

/** The frame shows progress of its own and gives it no name; a page that knows more than this says so itself. */
const PROGRESS = { defaultProps: { 'aria-label': 'Loading' } };

const named: RaThemeOptions['components'] = { MuiCircularProgress: PROGRESS, MuiLinearProgress: PROGRESS };

/** By day. */
export const lightTheme: RaThemeOptions = {
  ...defaultLightTheme,
  ...shared,
  components: { ...defaultLightTheme.components, ...named },
  palette: {
    mode: 'light',
    primary: { main: '#1f618d' },
    secondary: { main: '#1f618d' },
    // MUI's own is too light for small words on white (WCAG 1.4.3).
    warning: { main: '#a34a00' },
    background: { default: '#f6f8fa' },
  },
};

/** By night. */
export const darkTheme: RaThemeOptions = {
  ...defaultDarkTheme,
  ...shared,
  components: { ...defaultDarkTheme.components, ...named },
  palette: { mode: 'dark', primary: { main: '#7fb8dd' }, secondary: { main: '#22313d' } },
};
