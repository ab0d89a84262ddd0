/** Starts the dashboard: the theme, the pages, and the one element that shows them. */

import { followTheme } from "./theme.js";
import "./views/app.js";
import "./views/watch.js";

followTheme();
document.body.append(document.createElement("sx-app"));
