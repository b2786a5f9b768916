package face

// Pages are what one room brings to the pages: its addresses, and what it adds to what all rooms share. Every part may be left out.
type Pages struct {
	Routes func(*Site)
	Nav    []NavItem                        // of the main menu
	Tabs   []Tab                            // of Settings
	Panels []Panel                          // at the side of a case's page
	Work   func(*Request, *TodayWork) error // what waits for the reader, for the page Today
}
