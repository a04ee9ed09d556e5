import { PageHead } from '../../components/page-head.js';
import { useSession } from '../../data/key-session.js';
import { AuditList } from './audit-list.js';
import { KeyList } from './key-list.js';

/** Shows the tenant's keys, and who did what with them. */
export function KeysView() {
  const { key, may } = useSession();
  return (
    <div className="one-column">
      <PageHead title="Keys and audit" tab="Keys and audit" note={<>Of the tenant “{key.tenant}”</>} />
      {may('query', 'apiKeys') && <KeyList />}
      {may('query', 'auditLog') && <AuditList />}
    </div>
  );
}
