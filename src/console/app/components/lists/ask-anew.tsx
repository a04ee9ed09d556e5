import { Button } from '../button.js';

/** Asks a list's question once more. */
export const AskAnew = ({ onAsk }: { onAsk: () => void }) => (
  <div className="fresh">
    <Button icon="renew" look="quiet" aria-label="Ask anew" onClick={onAsk}>
      {''}
    </Button>
  </div>
);
