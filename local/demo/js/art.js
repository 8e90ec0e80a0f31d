/** The tins, drawn: one shape, a label and a motif each. Made of our own constants, so it is safe as markup. */

const LABEL = "M110 152a90 22 0 0 0 180 0v120a90 22 0 0 1-180 0z";

const MOTIFS = {
  hills: ({ ink, mark }) => `
    <circle cx="236" cy="196" r="20" fill="${mark}"/>
    <path d="M100 236q40-46 74-22t44-14 82 20v90H100z" fill="${ink}" opacity=".35"/>
    <path d="M100 252q50-34 92-16t108-10v80H100z" fill="${ink}" opacity=".6"/>
    <path d="M100 268q60-22 104-8t96-12v70H100z" fill="${ink}"/>`,
  rings: ({ ink, mark }) => `
    <g fill="none" stroke="${mark}" stroke-width="7"><circle cx="200" cy="226" r="16"/><circle cx="200" cy="226" r="32" opacity=".75"/>
    <circle cx="200" cy="226" r="48" opacity=".5"/><circle cx="200" cy="226" r="64" opacity=".3"/></g>
    <circle cx="200" cy="226" r="8" fill="${ink}"/>`,
  ferry: ({ ink, mark }) => `
    <circle cx="160" cy="200" r="18" fill="${mark}"/><circle cx="168" cy="195" r="16" fill="#27344b"/>
    <path d="M206 232h56l-10 14h-38zM230 230v-24l18 20z" fill="${ink}"/>
    <g fill="none" stroke="${ink}" stroke-width="3" stroke-linecap="round" opacity=".7"><path d="M112 258q14-8 28 0t28 0 28 0 28 0 28 0 28 0"/>
    <path d="M112 270q14-8 28 0t28 0 28 0 28 0 28 0 28 0" opacity=".5"/></g>`,
  river: ({ ink, mark }) => `
    <g fill="none" stroke-linecap="round" stroke-width="13"><path d="M96 208q52-28 104 0t108 0" stroke="${mark}" opacity=".55"/>
    <path d="M96 232q52-28 104 0t108 0" stroke="${mark}"/><path d="M96 256q52-28 104 0t108 0" stroke="${ink}"/></g>`,
  orchard: ({ ink, mark }) => `
    ${[0, 1, 2, 3].map((x) => [0, 1].map((y) => `<g transform="translate(${140 + x * 40} ${212 + y * 38})"><circle r="13" fill="${(x + y) % 2 ? mark : ink}"/>
    <path d="M0-13q2-8 10-9-1 8-10 9z" fill="#5d7f4a"/></g>`).join("")).join("")}`,
  lantern: ({ ink, mark }) => `
    ${[[158, 214, 0.8], [200, 228, 1.15], [244, 210, 0.75]].map(([x, y, s]) => `<g transform="translate(${x} ${y}) scale(${s})">
    <path d="M0-60v36" stroke="${ink}" stroke-width="1.6"/><ellipse rx="19" ry="23" fill="${mark}"/>
    <path d="M-7-22q-7 22 0 44M7-22q7 22 0 44" fill="none" stroke="${ink}" stroke-width="1.5" opacity=".6"/>
    <rect x="-9" y="-26" width="18" height="5" rx="2" fill="${ink}"/><rect x="-9" y="21" width="18" height="5" rx="2" fill="${ink}"/>
    <path d="M0 26v14" stroke="${mark}" stroke-width="3"/></g>`).join("")}`,
  frost: ({ ink, mark }) => `
    <g stroke="${ink}" stroke-width="3.4" stroke-linecap="round">${[0, 60, 120, 180, 240, 300].map((turn) => `<g transform="rotate(${turn} 200 228)">
    <path d="M200 228v-50M200 196l-11-11M200 196l11-11M200 210l-8-8M200 210l8-8"/></g>`).join("")}</g>
    <circle cx="200" cy="228" r="7" fill="${mark}"/>`,
  reeds: ({ ink, mark }) => `
    ${[118, 134, 150, 166, 184, 202, 220, 236, 252, 268, 282].map((x, i) => `<path d="M${x} 300q${i % 2 ? 8 : -8}-46 ${i % 3 ? 4 : -4}-${84 + (i * 37) % 34}" fill="none"
    stroke="${i % 3 ? ink : mark}" stroke-width="4" stroke-linecap="round"/>`).join("")}
    <circle cx="246" cy="194" r="11" fill="${mark}"/>`,
  kite: ({ ink, mark }) => `
    <circle cx="200" cy="232" r="44" fill="${mark}" opacity=".9"/>
    <path d="M140 214q30-4 52 12l8-10 8 10q22-16 52-12-26 6-42 26l-10 4 6 20-14-10-14 10 6-20-10-4q-16-20-42-26z" fill="${ink}"/>`,
};

let drawn = 0;

/** A tin as SVG text. `tile`: with its background. Decoration: the name stands beside it as text. */
export function tin({ name, look }, { tile = true } = {}) {
  const id = `tin${drawn++}`;
  return `<svg viewBox="0 0 400 400" aria-hidden="true" focusable="false">
  <defs>
    <clipPath id="${id}l"><path d="${LABEL}"/></clipPath>
    <linearGradient id="${id}s" x1="0" x2="1"><stop offset="0" stop-color="#000" stop-opacity=".42"/><stop offset=".2" stop-color="#000" stop-opacity=".06"/>
    <stop offset=".34" stop-color="#fff" stop-opacity=".3"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset=".82" stop-color="#000" stop-opacity=".1"/>
    <stop offset="1" stop-color="#000" stop-opacity=".46"/></linearGradient>
    <radialGradient id="${id}g"><stop offset="0" stop-color="#000" stop-opacity=".34"/><stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient>
  </defs>
  ${tile ? `<rect width="400" height="400" fill="${look.tile}"/><circle cx="200" cy="190" r="168" fill="#fff" opacity=".28"/>` : ""}
  <ellipse cx="206" cy="334" rx="132" ry="24" fill="url(#${id}g)"/>
  <path d="M110 104v206a90 22 0 0 0 180 0V104z" fill="${look.tin}"/>
  <path d="${LABEL}" fill="${look.label}"/>
  <g clip-path="url(#${id}l)">${MOTIFS[look.motif](look)}</g>
  <path d="M110 152a90 22 0 0 0 180 0M110 272a90 22 0 0 0 180 0" fill="none" stroke="${look.mark}" stroke-width="2.5" opacity=".8"/>
  <path d="M110 104v206a90 22 0 0 0 180 0V104z" fill="url(#${id}s)"/>
  <path d="M104 84v32a96 23 0 0 0 192 0V84z" fill="${look.tin}"/>
  <path d="M104 84v32a96 23 0 0 0 192 0V84z" fill="url(#${id}s)"/>
  <ellipse cx="200" cy="84" rx="96" ry="23" fill="${look.tin}"/>
  <ellipse cx="200" cy="84" rx="96" ry="23" fill="#fff" opacity=".16"/>
  <ellipse cx="200" cy="83" rx="80" ry="17" fill="none" stroke="#fff" stroke-width="1.5" opacity=".3"/>
  <text x="200" y="313" text-anchor="middle" font-family="Georgia, 'Times New Roman', serif" font-size="14.5" letter-spacing="2.6"
    fill="${look.label === "#27344b" ? "#e9e3cf" : look.label}" opacity=".92">${name.toUpperCase()}</text>
  </svg>`;
}
