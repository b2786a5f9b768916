package page

// caseRoutes are the pages about cases: the list, one case, and every form about it.
func (s *Server) caseRoutes() {
	s.draftRoutes()
}
