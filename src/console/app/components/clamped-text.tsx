import { useLayoutEffect, useRef, useState } from 'react';
import { bytesOf, prettyJson, sizeWords } from '../words/text-words.js';
import { Button } from './button.js';

interface ClampedTextProps {
  text: string;
  /** The key does not show texts: what is given is the length in its place. */
  hidden: boolean;
}

/** Shows a text as text: six lines, the whole on demand, JSON set out on demand. */
export function ClampedText({ text, hidden }: ClampedTextProps) {
  const [whole, setWhole] = useState(false);
  const [pretty, setPretty] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const [overflows, setOverflows] = useState(false);
  const json = hidden ? null : prettyJson(text);

  useLayoutEffect(() => {
    const { current } = box;
    if (current && !whole) setOverflows(current.scrollHeight > current.clientHeight + 1);
  }, [text, pretty, whole]);

  if (hidden) {
    return (
      <p className="text-hidden">
        <code>{text}</code> <span className="dim">Your key does not show texts.</span>
      </p>
    );
  }
  return (
    <div className="text-box">
      <pre ref={box} dir="auto" className={whole ? 'text' : `text text-clamped ${overflows ? 'text-overflows' : ''}`}>
        {pretty && json !== null ? json : text}
      </pre>
      {(overflows || whole || json !== null) && (
        <div className="text-tools">
          {(overflows || whole) && (
            <Button look="quiet" aria-expanded={whole} onClick={() => setWhole(!whole)}>
              {whole ? 'Show less' : `Show all (${sizeWords(bytesOf(text))})`}
            </Button>
          )}
          {json !== null && (
            <Button look="quiet" aria-pressed={pretty} onClick={() => setPretty(!pretty)}>
              {pretty ? 'Show as it was sent' : 'Set out as JSON'}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
