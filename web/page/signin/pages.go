// Package signin lets people in and out: passwords, passkeys, the first administrator, and the language and theme of a browser.
package signin

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages { return face.Pages{Routes: routes} }

func routes(s *face.Site) {
	s.Public("GET /sign-in", signInPage)
	s.Public("POST /sign-in", signIn)
	s.Public("POST /sign-in/password", replaceTemporary)
	s.Public("GET /sign-in/link/{secret}", linkPage)
	s.Public("POST /sign-in/link", useLink)
	s.Public("POST /sign-out", signOut)
	s.Public("GET /first-run", firstRunPage)
	s.Public("POST /first-run", firstRun)
	s.Public("POST /language", setLanguage)
	s.Public("POST /theme", setTheme)
	s.Public("POST /passkeys/sign-in/begin", passkeySignInBegin)
	s.Public("POST /passkeys/sign-in/finish", passkeySignInFinish)
	s.Handle("POST /passkeys/register/begin", passkeyRegisterBegin)
	s.Handle("POST /passkeys/register/finish", passkeyRegisterFinish)
}
