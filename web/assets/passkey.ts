// Loaded by the pages that sign in or register with a passkey.
import { passkeys } from "./island/passkey";

passkeys();
