/** Starts the dashboard: the theme, the pages, and the one element that shows them. */

import { followTheme } from "./lib/theme.js";
import "./shell/app.js";
import "./watch/watch-page.js";

followTheme();
document.body.append(document.createElement("sx-app"));
