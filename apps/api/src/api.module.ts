import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.js';
import { DeclaredPermissions } from './access/declared-permissions.js';
import { AccountChanges } from './accounts/account-changes.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { ArchiveController } from './archive/archive.controller.js';
import { FacetsController } from './archive/facets.controller.js';
import { RoomPresenceController } from './archive/room-presence.controller.js';
import { SavedSearchesController } from './archive/saved-searches.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { AskedCertificates } from './certificates/asked-certificates.js';
import { CertificatesController } from './certificates/certificates.controller.js';
import { ChatTokenController } from './chat/chat-token.controller.js';
import { DirectoriesController } from './directories/directories.controller.js';
import { LatestDepartures } from './directories/latest-departures.js';
import { HoldChanges } from './holds/hold-changes.js';
import { HoldsController } from './holds/holds.controller.js';
import { ExportsController } from './exports/exports.controller.js';
import { ExportFilesController } from './exports/export-files.controller.js';
import { LoginController } from './login/login.controller.js';
import { Logins } from './login/logins.js';
import { ApiDescription, OpenApiController } from './openapi/openapi.controller.js';
import { KnownPeers } from './peers/known-peers.js';
import { PeerCalls } from './peers/peer-calls.js';
import { PeersController } from './peers/peers.controller.js';
import { PolicyController } from './peers/policy.controller.js';
import { PeopleController } from './people/people.controller.js';
import { PORT, type ApiPorts } from './ports.js';
import { ProblemFilter } from './problem.filter.js';
import { ReportsController } from './reports/reports.controller.js';
import { DisposalsController } from './retention/disposals.controller.js';
import { RetentionChanges } from './retention/retention-changes.js';
import { RetentionController } from './retention/retention.controller.js';
import { RunningPreviews } from './retention/running-previews.js';
import { RoomChanges } from './rooms/room-changes.js';
import { RoomsController } from './rooms/rooms.controller.js';
import { VisibleRooms } from './rooms/visible-rooms.js';
import { ReconciliationController } from './reconciliation/reconciliation.controller.js';
import { SealController } from './seal/seal.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { StatusBoard } from './status/status-board.js';
import { StatusController } from './status/status.controller.js';

/** The administration and compliance API. Everything it needs of the rest comes in through `forRoot`. */
@Module({})
export class ApiModule {
  static forRoot(ports: ApiPorts): DynamicModule {
    const names = Object.keys(PORT) as (keyof ApiPorts)[];
    const given = names.map((name): Provider => ({ provide: PORT[name], useValue: ports[name] }));
    return {
      module: ApiModule,
      imports: [DiscoveryModule],
      controllers: [
        LoginController,
        AccountsController,
        SessionsController,
        RoomsController,
        DirectoriesController,
        PeersController,
        CertificatesController,
        PolicyController,
        ReportsController,
        PeopleController,
        StatusController,
        ArchiveController,
        FacetsController,
        SavedSearchesController,
        RoomPresenceController,
        SealController,
        ReconciliationController,
        HoldsController,
        RetentionController,
        DisposalsController,
        ExportsController,
        ExportFilesController,
        AuditController,
        ChatTokenController,
        OpenApiController,
      ],
      providers: [
        ...given,
        Logins,
        AccountChanges,
        VisibleRooms,
        RoomChanges,
        LatestDepartures,
        HoldChanges,
        RetentionChanges,
        RunningPreviews,
        KnownPeers,
        PeerCalls,
        AskedCertificates,
        StatusBoard,
        ApiDescription,
        DeclaredPermissions,
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
