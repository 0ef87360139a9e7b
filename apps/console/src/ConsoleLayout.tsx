import AutoDeleteIcon from '@mui/icons-material/AutoDelete';
import DevicesIcon from '@mui/icons-material/Devices';
import DnsIcon from '@mui/icons-material/Dns';
import FlagIcon from '@mui/icons-material/Flag';
import ForumIcon from '@mui/icons-material/Forum';
import GavelIcon from '@mui/icons-material/Gavel';
import HistoryIcon from '@mui/icons-material/History';
import HubIcon from '@mui/icons-material/Hub';
import LockIcon from '@mui/icons-material/Lock';
import InventoryIcon from '@mui/icons-material/Inventory2Outlined';
import ManageSearchIcon from '@mui/icons-material/ManageSearch';
import MonitorHeartIcon from '@mui/icons-material/MonitorHeart';
import PauseCircleIcon from '@mui/icons-material/PauseCircle';
import PeopleIcon from '@mui/icons-material/People';
import VerifiedUserIcon from '@mui/icons-material/VerifiedUser';
import type { ReactNode } from 'react';
import { Alarm } from './status/Alarm.js';
import { AppBar, Layout, Menu, useGetIdentity, UserMenu, usePermissions } from 'react-admin';

/** The pages, what each needs, and where it is; nobody is shown a page their role cannot open. */
const PAGES = [
  { needs: ['status:read'], to: '/status', text: 'Status', icon: <MonitorHeartIcon /> },
  { needs: ['accounts:read'], to: '/accounts', text: 'Accounts', icon: <PeopleIcon /> },
  { needs: ['rooms:read'], to: '/rooms', text: 'Rooms', icon: <ForumIcon /> },
  { needs: ['directories:read'], to: '/directories', text: 'Directories', icon: <DnsIcon /> },
  { needs: ['peers:read'], to: '/peers', text: 'Peers', icon: <HubIcon /> },
  { needs: ['peers:read'], to: '/policy', text: 'Policy', icon: <GavelIcon /> },
  { needs: ['certificates:read'], to: '/certificates', text: 'Certificates', icon: <VerifiedUserIcon /> },
  { needs: ['peers:read'], to: '/reports', text: 'Reports', icon: <FlagIcon /> },
  { needs: ['sessions:read'], to: '/sessions', text: 'Live sessions', icon: <DevicesIcon /> },
  { needs: ['archive:read'], to: '/archive', text: 'Archive', icon: <ManageSearchIcon /> },
  { needs: ['holds:read'], to: '/holds', text: 'Holds', icon: <PauseCircleIcon /> },
  { needs: ['retention:read'], to: '/retention', text: 'Retention', icon: <AutoDeleteIcon /> },
  { needs: ['seal:read'], to: '/seal', text: 'Seal', icon: <LockIcon /> },
  { needs: ['exports:read'], to: '/exports', text: 'Exports', icon: <InventoryIcon /> },
  { needs: ['audit:read', 'audit:read-own'], to: '/audit', text: 'Audit log', icon: <HistoryIcon /> },
] as const;

function ConsoleMenu() {
  const { permissions = [] } = usePermissions<readonly string[]>();
  return (
    <Menu>
      {PAGES.filter(({ needs }) => needs.some((need) => permissions.includes(need))).map(({ to, text, icon }) => (
        <Menu.Item key={to} to={to} primaryText={text} leftIcon={icon} />
      ))}
    </Menu>
  );
}

/** Called what it shows, the name of who is logged in: for people who command the page by voice (WCAG 2.5.3). */
function OwnMenu() {
  const { identity } = useGetIdentity();
  return <UserMenu label={identity?.fullName ?? 'Profile'} />;
}

function ConsoleBar() {
  return <AppBar userMenu={<OwnMenu />} />;
}

/** The frame of every page. */
export function ConsoleLayout({ children }: { children: ReactNode }) {
  return (
    <Layout menu={ConsoleMenu} appBar={ConsoleBar}>
      <Alarm />
      {children}
    </Layout>
  );
}
