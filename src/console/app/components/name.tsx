import { shortened } from '../words/text-words.js';

/** Shortens names from so many characters on. */
const MOST = 40;

/** Shows a recipient's name in its own direction; a long one shortened in the middle, whole when pointed at. */
export function Name({ name, most = MOST }: { name: string; most?: number }) {
  const shown = shortened(name, most);
  return (
    <bdi className="name" {...(shown === name ? {} : { title: name })}>
      {shown}
    </bdi>
  );
}
