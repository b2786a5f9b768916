// What every page loads. Each island looks for its own marks and does nothing without them.
import { dates } from "./island/date";
import { dialogs } from "./island/dialog";
import { drafts } from "./island/draft";
import { instruments } from "./island/instrument";
import { live } from "./island/live";
import { menu } from "./island/menu";
import { picks } from "./island/pick";
import { search } from "./island/search";
import { side } from "./island/side";
import { theme } from "./island/theme";
import { visible } from "./island/visible";

theme();
menu();
dialogs();
dates();
drafts();
visible();
picks();
search();
side();
instruments();
live();
