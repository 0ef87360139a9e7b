interface Icon extends HTMLElement {
  readonly color: string;
  readonly size: string;
  readonly css: string;
  getStyles(): string;
}

/**
 * COMPAT(converse.js, 14.0.0): its icons ask the browser what colour a variable stands for, each time one is drawn, and the
 * browser works the styles of the whole page out anew for each answer: a quarter of the time in which a list of 500
 * contacts is drawn. A style may name the variable itself.
 */
export function plainIcons(): void {
  void customElements.whenDefined('converse-icon').then(() => {
    const prototype = customElements.get('converse-icon')!.prototype as Icon;
    prototype.getStyles = function (this: Icon) {
      const { color, size, css } = this;
      return `${size ? `width: ${size}; height: ${size};` : ''}${color ? `fill: ${color};` : ''}${css}`;
    };
  });
}
