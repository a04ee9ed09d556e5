import type { ReactNode } from 'react';

const draw = (content: ReactNode) => (
  <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    {content}
  </svg>
);

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.6, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

/** Drawn at 16 px in the colour of the text beside them. */
export const ICONS = {
  delivered: draw(
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" />
      <path d="M5.2 8.2l2 2 3.6-4" {...line} className="icon-cut" />
    </>,
  ),
  waiting: draw(<circle cx="8" cy="8" r="5.7" {...line} />),
  recalled: draw(<circle cx="8" cy="8" r="5.7" {...line} strokeDasharray="2.4 2.4" />),
  expired: draw(
    <>
      <circle cx="8" cy="8" r="5.7" {...line} />
      <path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" {...line} />
    </>,
  ),
  came: draw(<path d="M2.5 8h8M7.5 5l3 3-3 3M13.5 3v10" {...line} />),
  went: draw(<path d="M13.5 8h-8M8.5 5l-3 3 3 3M2.5 3v10" {...line} />),
  refused: draw(
    <>
      <circle cx="8" cy="8" r="5.7" {...line} />
      <path d="M4 12L12 4" {...line} />
    </>,
  ),
  accepted: draw(<path d="M2.5 4h11v8h-11zM2.5 4l5.5 4.5L13.5 4" {...line} />),
  search: draw(
    <>
      <circle cx="7" cy="7" r="4.5" {...line} />
      <path d="M10.5 10.5L14 14" {...line} />
    </>,
  ),
  copy: draw(<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" {...line} />),
  done: draw(<path d="M3 8.5l3.2 3.2L13 5" {...line} />),
  close: draw(<path d="M4 4l8 8M12 4l-8 8" {...line} />),
  back: draw(<path d="M10 3L5 8l5 5" {...line} />),
  forward: draw(<path d="M6 3l5 5-5 5" {...line} />),
  renew: draw(<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3" {...line} />),
  sun: draw(
    <>
      <circle cx="8" cy="8" r="2.8" {...line} />
      <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" {...line} />
    </>,
  ),
  moon: draw(<path d="M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z" {...line} />),
  filter: draw(<path d="M2.5 4h11M4.5 8h7M6.5 12h3" {...line} />),
  link: draw(<path d="M6.5 9.5l3-3M7 4.5l1.2-1.2a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.2 1.2a3 3 0 0 1-4.5-4.5L4.5 7" {...line} />),
  warning: draw(<path d="M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.1" {...line} />),
} as const;

export type IconName = keyof typeof ICONS;
