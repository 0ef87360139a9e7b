import { QueryClient } from '@tanstack/react-query';
import { Admin, CustomRoutes, HttpError, Resource } from 'react-admin';
import { Route } from 'react-router';
import { AccountCreate } from './accounts/AccountCreate.js';
import { AccountList } from './accounts/AccountList.js';
import { AccountShow } from './accounts/AccountShow.js';
import { ArchiveSearch } from './archive/ArchiveSearch.js';
import { AuditList } from './audit/AuditList.js';
import { authProvider } from './auth-provider.js';
import { CertificatesPage } from './certificates/CertificatesPage.js';
import { ConsoleLayout } from './ConsoleLayout.js';
import { dataProvider } from './data-provider.js';
import { DirectoriesPage } from './directories/DirectoriesPage.js';
import { HoldsPage } from './holds/HoldsPage.js';
import { ExportsPage } from './exports/ExportsPage.js';
import { Home } from './Home.js';
import { LoginPage } from './login/LoginPage.js';
import { PeerList } from './peers/PeerList.js';
import { PeerShow } from './peers/PeerShow.js';
import { PolicyPage } from './peers/PolicyPage.js';
import { ReportList } from './reports/ReportList.js';
import { RetentionPage } from './retention/RetentionPage.js';
import { RoomCreate } from './rooms/RoomCreate.js';
import { RoomEdit } from './rooms/RoomEdit.js';
import { RoomList } from './rooms/RoomList.js';
import { RoomShow } from './rooms/RoomShow.js';
import { titleOf } from './rooms/room-title.js';
import { SealPage } from './seal/SealPage.js';
import { SessionList } from './sessions/SessionList.js';
import { StatusPage } from './status/StatusPage.js';
import { darkTheme, lightTheme } from './theme.js';

/** An answer, also a refusal, is not asked for again; only a server that failed is, once. */
const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 1 && error instanceof HttpError && error.status >= 500 },
  },
});

/** The whole console. The server decides who may do what; the pages only follow. */
export function Console() {
  return (
    <Admin
      authProvider={authProvider}
      queryClient={queryClient}
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
        <Resource
          key="rooms"
          name="rooms"
          list={RoomList}
          show={RoomShow}
          create={permissions.includes('rooms:write') ? RoomCreate : undefined}
          edit={permissions.includes('rooms:write') ? RoomEdit : undefined}
          recordRepresentation={titleOf}
        />,
        <Resource key="peers" name="peers" list={PeerList} show={PeerShow} recordRepresentation="domain" />,
        <Resource key="reports" name="reports" list={ReportList} />,
        <Resource key="sessions" name="sessions" list={SessionList} />,
        <Resource key="audit" name="audit" list={AuditList} />,
        <CustomRoutes key="pages">
          <Route path="/status" element={<StatusPage />} />
          <Route path="/directories" element={<DirectoriesPage />} />
          <Route path="/certificates" element={<CertificatesPage />} />
          <Route path="/policy" element={<PolicyPage />} />
          <Route path="/seal" element={<SealPage />} />
          <Route path="/holds" element={<HoldsPage />} />
          <Route path="/retention" element={<RetentionPage />} />
          <Route path="/archive" element={<ArchiveSearch />} />
          <Route path="/exports" element={<ExportsPage />} />
        </CustomRoutes>,
      ]}
    </Admin>
  );
}
