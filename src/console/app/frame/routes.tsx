import { Suspense } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { Empty, Forbidden, Loading } from '../components/states.js';
import { useHashPath } from '../data/hash-location.js';
import { useSession } from '../data/key-session.js';
import { linkTo } from '../data/view-url.js';
import { VIEWS } from './views.js';

/** Shows the view that the URL names, if the key includes it. */
export function Routes() {
  const access = useSession();
  const first = VIEWS.find(({ isGranted }) => isGranted(access))?.paths[0];
  return (
    <Router hook={useHashPath}>
      <Suspense fallback={<Loading shape="page" />}>
        <Switch>
          {VIEWS.flatMap(({ paths, isGranted, show }) =>
            paths.map((path) => (
              <Route key={path} path={path}>
                {(parameters: { id?: string }) => (isGranted(access) ? show(parameters.id) : <Forbidden />)}
              </Route>
            )),
          )}
          <Route path="/">{first === undefined ? <NothingGranted /> : <Redirect to={first} replace />}</Route>
          <Route>
            <Empty level={1} title="There is no such page">
              <p>
                The link may not be whole. <a href={linkTo('/')}>Begin here</a>.
              </p>
            </Empty>
          </Route>
        </Switch>
      </Suspense>
    </Router>
  );
}

const NothingGranted = () => (
  <Empty level={1} title="Your key shows nothing here">
    <p>It is good for other calls of the API. Ask whoever gave it to you for one with the role of support.</p>
  </Empty>
);
