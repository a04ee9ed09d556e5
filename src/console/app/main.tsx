import { resumeSession } from './data/open-session.js';
import { startTheme } from './data/theme.js';
import { askFirst } from './frame/first-questions.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/frame.css';
import './styles/lists.css';
import './styles/message.css';
import './styles/overview.css';

startTheme();
const session = resumeSession();
if (session) askFirst(session);
// What follows comes meanwhile: the page names its files beforehand.
const { showConsole } = await import('./frame/console-app.js');
const element = document.getElementById('console');
if (element) showConsole(element);
