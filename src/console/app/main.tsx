import { createRoot } from 'react-dom/client';
import { startTheme } from './data/theme.js';
import { App } from './frame/console-app.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/frame.css';
import './styles/lists.css';
import './styles/message.css';
import './styles/overview.css';

startTheme();
const root = document.getElementById('console');
if (root) createRoot(root).render(<App />);
