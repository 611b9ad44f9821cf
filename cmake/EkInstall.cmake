# cmake --install: the library with headers and pkg-config, the program with man page and scenarios.
install(TARGETS ek_core ek_live ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/core/include/evenkeel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Relative to the file itself, so that --prefix may move the whole.
file(RELATIVE_PATH EK_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
set(EK_PC_INCLUDEDIR "\${pcfiledir}/${EK_PC_TO_PREFIX}${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(${CMAKE_SOURCE_DIR}/cmake/evenkeel.pc.in ${CMAKE_BINARY_DIR}/evenkeel.pc @ONLY)
configure_file(${CMAKE_SOURCE_DIR}/cmake/evenkeel-live.pc.in ${CMAKE_BINARY_DIR}/evenkeel-live.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/evenkeel.pc ${CMAKE_BINARY_DIR}/evenkeel-live.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS evenkeel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/cli/evenkeel.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/evenkeel
        FILES_MATCHING PATTERN "*.json")
