import { Admin, CustomRoutes, Resource } from 'react-admin';
import { Route } from 'react-router';
import { AccountCreate } from './accounts/AccountCreate.js';
import { AccountList } from './accounts/AccountList.js';
import { AccountShow } from './accounts/AccountShow.js';
import { ArchiveSearch } from './archive/ArchiveSearch.js';
import { AuditList } from './audit/AuditList.js';
import { authProvider } from './auth-provider.js';
import { ConsoleLayout } from './ConsoleLayout.js';
import { dataProvider } from './data-provider.js';
import { Home } from './Home.js';
import { LoginPage } from './login/LoginPage.js';
import { SessionList } from './sessions/SessionList.js';
import { StatusPage } from './status/StatusPage.js';
import { darkTheme, lightTheme } from './theme.js';

/** The whole console. The server decides who may do what; the pages only follow. */
export function Console() {
  return (
    <Admin
      authProvider={authProvider}
      dataProvider={dataProvider}
      dashboard={Home}
      layout={ConsoleLayout}
      loginPage={LoginPage}
      theme={lightTheme}
      darkTheme={darkTheme}
      title="Interoffice"
      requireAuth
      disableTelemetry
    >
      {(permissions: readonly string[] = []) => [
        <Resource
          key="accounts"
          name="accounts"
          list={AccountList}
          show={AccountShow}
          create={permissions.includes('accounts:write') ? AccountCreate : undefined}
          recordRepresentation="name"
        />,
        <Resource key="sessions" name="sessions" list={SessionList} />,
        <Resource key="audit" name="audit" list={AuditList} />,
        <CustomRoutes key="pages">
          <Route path="/status" element={<StatusPage />} />
          <Route path="/archive" element={<ArchiveSearch />} />
        </CustomRoutes>,
      ]}
    </Admin>
  );
}
