import { chatToken, NotLoggedIn, type ChatToken } from './api.js';
import { withoutFooter } from './no-footer.js';
import { throttleRoster } from './roster-throttle.js';

/** The part of Converse's public interface that is used here. */
interface Converse {
  readonly env: { readonly Strophe: { readonly SASLPlain: unknown } };
  readonly plugins: { add(name: string, plugin: object): void };
  initialize(settings: object): Promise<unknown>;
}

interface PluginContext {
  readonly _converse: {
    readonly api: {
      readonly listen: { on(event: string, callback: (...given: unknown[]) => unknown): void };
    };
  };
}

export interface Surroundings {
  readonly loggedOut: () => void;
  readonly logOut: () => void;
  /** `undefined`: connected. */
  readonly state: (text: string | undefined) => void;
}

/** Opens the chat for who the token is for. The token logs in once; each reconnection fetches another. */
export async function start(first: ChatToken, around: Surroundings): Promise<void> {
  // As a path of its own: the released bundle is an ES module beside this file, not a package to compile.
  const bundle = './converse.min.js';
  const module = (await import(bundle)) as { default: Converse };
  const converse = module.default;
  converse.plugins.add('interoffice', pluginFor(first, around));
  throttleRoster();
  withoutFooter();
  await converse.initialize(settingsFor(first.jid, converse));
}

function pluginFor(first: ChatToken, around: Surroundings): object {
  let next: ChatToken | undefined = first;
  return {
    initialize(this: PluginContext) {
      const { api } = this._converse;
      api.listen.on('beforeAttemptNonPreboundSession', async () => {
        try {
          const { jid, token } = next ?? (await chatToken());
          next = undefined;
          return { credentials: { jid, password: token } };
        } catch (error) {
          if (error instanceof NotLoggedIn) around.loggedOut();
          throw error;
        }
      });
      api.listen.on('connected', () => around.state(undefined));
      api.listen.on('reconnected', () => around.state(undefined));
      api.listen.on('will-reconnect', () => around.state('Connection lost. Reconnecting …'));
      api.listen.on('logout', () => around.logOut());
    },
  };
}

/** Why each is set stands in docs/decisions/0018-web-chat.md. */
function settingsFor(jid: string, converse: Converse): object {
  return {
    jid,
    view_mode: 'fullscreen',
    authentication: 'login',
    auto_login: true,
    reuse_scram_keys: false,
    // The password is a one-time token: SCRAM, which Converse would prefer, cannot be done with it.
    connection_options: { mechanisms: [converse.env.Strophe.SASLPlain] },
    websocket_url: `wss://${location.host}/ws`,
    discover_connection_methods: false,
    assets_path: '/chat/',
    i18n: navigator.language,
    allow_registration: false,
    allow_non_roster_messaging: true,
    allow_logout: true,
    auto_reconnect: true,
    message_archiving: 'always',
    mam_request_all_pages: false,
    clear_cache_on_logout: true,
    show_client_info: false,
    play_sounds: false,
    blacklisted_plugins: ['converse-omemo'],
    whitelisted_plugins: ['interoffice'],
    autocomplete_providers_url: null,
    xmpp_providers_url: null,
    muc_search_service: null,
    auto_register_muc_nickname: false,
    omemo_default: false,
    render_media: false,
    show_message_avatar: true,
    show_self_in_roster: false,
    theme: 'classic',
    dark_theme: 'dracula',
  };
}
