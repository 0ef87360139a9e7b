import { chatToken, logIn, logOut, NotLoggedIn, type ChatToken } from './api.js';
import { ConnectionBar } from './connection-bar.js';
import { load, start, type Conversation } from './conversation.js';
import { checkOnWaking, endWithPage } from './page-life.js';

const page = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const login = page('login');
const form = page<HTMLFormElement>('login-form');
const problem = page('problem');
const submit = page<HTMLButtonElement>('submit');

function askForPassword(message = ''): void {
  login.hidden = false;
  problem.textContent = message;
  page<HTMLInputElement>('jid').focus();
}

let conversation: Conversation | undefined;
const bar = new ConnectionBar(page('state'), () => conversation?.check());

async function open(token: ChatToken): Promise<void> {
  login.hidden = true;
  conversation = await start(token, {
    // The browser's session has ended while the chat was open: a reload asks for the password.
    loggedOut: () => location.reload(),
    logOut: () => void logOut().finally(() => location.reload()),
    state: (state) => bar.show(state),
    waiting: (count) => bar.count(count),
  });
  checkOnWaking(conversation.check);
  endWithPage(conversation);
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  submit.disabled = true;
  problem.textContent = '';
  const data = new FormData(form);
  logIn(textOf(data, 'jid').trim(), textOf(data, 'password'))
    .then(chatToken)
    .then((token) => {
      page<HTMLInputElement>('password').value = '';
      return open(token);
    })
    .catch((error: Error) =>
      askForPassword(error instanceof NotLoggedIn && !error.message ? 'Wrong name or password.' : error.message),
    )
    .finally(() => (submit.disabled = false));
});

// Told when it is needed: `open` waits for the same.
load().catch(() => undefined);
chatToken()
  .then(open)
  .catch((error: Error) => askForPassword(error instanceof NotLoggedIn ? '' : error.message));
