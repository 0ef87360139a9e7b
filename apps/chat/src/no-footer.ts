interface Rendered extends HTMLElement {
  render(): unknown;
}

/** COMPAT(converse.js, 14.0.0): its footer asks another host for pictures of sponsors, and has no setting. */
export function withoutFooter(): void {
  void customElements.whenDefined('converse-footer').then(() => {
    (customElements.get('converse-footer')!.prototype as Rendered).render = () => '';
  });
}
