// Package rehearsal is what one case has in the lab: the surface of the patient's bone, the plan on it, the guide, the strength, the registration. It is the one package of the lab that
// knows of cases; the others know numbers and files.
//
// Everything made is an artefact: who asked for what, of what it was made, what came of it, and its files. An artefact is never changed: what is made anew is a new one with the next version.
// What takes long is a job ([Lab.Do]), bounded before it starts, one at a time. What it promises: an artefact names the entry whose images it comes from, and is destroyed with it ([Lab.Forget]);
// a file is found by its artefact only, so that nobody reaches another case's. Who may ask is decided in package desk, and what two people release is an entry of the case.
package rehearsal
