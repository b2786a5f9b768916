// Package reply lets a patient answer a follow-up on a phone: links that are signed, that end, that can be withdrawn and that take one answer; the questions that a patient
// can be asked; and what becomes of the answers.
//
// A link knows its case; its page knows neither name nor diagnosis. Who has the link can answer in the patient's place, as who has a letter can: where the hospital wants
// it, the date of birth is asked first, and five wrong ones close the link. Nothing that was recorded can be read through it: it shows the answers of this link alone, and
// only until they are sent.
//
// How a link reaches the patient is left to the hospital: printed, copied, or as a QR code from the screen.
package reply
