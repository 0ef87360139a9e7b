import { type RefObject, useEffect } from 'react';

const STEPS: Readonly<Record<string, 1 | -1>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/**
 * `/` goes to the words; j and k, or the arrows, go from message to message; Enter opens the conversation of the one that
 * has the focus. Not while somebody types, and not in a dialog.
 */
export function useSearchKeys(words: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const { target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return;
      if (target.closest('input, textarea, select, [role=dialog], [role=menu]')) return;
      const step = STEPS[event.key];
      if (event.key === '/') words.current?.focus();
      else if (step !== undefined && (event.key.length === 1 || target.matches('article'))) move(step);
      else if (event.key === 'Enter' && target.matches('article')) target.querySelector('button')?.click();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [words]);
}

function move(step: 1 | -1): void {
  const found = [...document.querySelectorAll<HTMLElement>('main article, article')];
  const at = found.findIndex((article) => article === document.activeElement);
  const next = found[at < 0 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
