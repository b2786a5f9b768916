// Loaded by the page on which a patient answers: one question at a time, read aloud, kept at each answer, and sent when there is a line.
import { replies } from "./island/reply";

replies();
