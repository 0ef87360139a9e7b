import { PEOPLE_URL } from './people-search.js';

/** Converse's settings. Why each is set stands in docs/decisions/0018-web-chat.md, of the connection in 0029. */
export function settingsFor(jid: string): object {
  return {
    jid,
    view_mode: 'fullscreen',
    authentication: 'login',
    auto_login: true,
    reuse_scram_keys: false,
    websocket_url: `wss://${location.host}/ws`,
    discover_connection_methods: false,
    // The stream below Converse resumes, and asks whether the line is there.
    enable_smacks: false,
    ping_interval: 0,
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
    blacklisted_plugins: ['converse-omemo', 'converse-smacks'],
    whitelisted_plugins: ['interoffice'],
    autocomplete_providers_url: null,
    xmpp_providers_url: null,
    // Without one the dialog to enter a room has no field for its address; our room service, once it is known.
    muc_search_service: jid.slice(jid.indexOf('@') + 1),
    // People are found by name; see people-search.ts.
    xhr_user_search_url: PEOPLE_URL,
    auto_register_muc_nickname: false,
    // Otherwise a room shows all its members, there or not, and asks for the photo of each.
    muc_fetch_members: false,
    omemo_default: false,
    render_media: false,
    show_message_avatar: true,
    show_self_in_roster: false,
    theme: 'classic',
    dark_theme: 'dracula',
  };
}
