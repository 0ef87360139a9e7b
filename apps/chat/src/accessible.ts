interface Drawn extends HTMLElement {
  updated(changed: unknown): void;
}

/** COMPAT(converse.js, 14.0.0): what it tells assistive technology wrongly is put right each time it has drawn it. */
export function tellRightly(): void {
  // The list of who is in a room has elements for its children that are no items, with an item in each.
  afterDrawing('converse-muc-occupant-list-item', (person) => {
    person.setAttribute('role', 'listitem');
    person.querySelector(':scope > li')?.setAttribute('role', 'none');
  });
  // The labels of large fields are for ids that do not exist.
  afterDrawing('converse-muc-config-modal', (dialog) => {
    for (const label of dialog.querySelectorAll<HTMLLabelElement>('label.label-ta')) {
      label.htmlFor = label.nextElementSibling?.id ?? '';
    }
  });
}

function afterDrawing(name: string, mend: (element: HTMLElement) => void): void {
  void customElements.whenDefined(name).then(() => {
    const prototype = customElements.get(name)!.prototype as Drawn;
    const { updated } = prototype;
    prototype.updated = function (this: Drawn, changed) {
      updated.call(this, changed);
      mend(this);
    };
  });
}
