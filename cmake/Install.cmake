foreach(layer coroutine encodings rfb)
  install(DIRECTORY ${layer}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/covnc/${layer}
          FILES_MATCHING PATTERN "*.h")
endforeach()
install(TARGETS covncd covnc-load covnc-passwd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET covnc-bench)
  install(TARGETS covnc-bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES packaging/man/covncd.1 packaging/man/covnc-load.1 packaging/man/covnc-passwd.1 packaging/man/covnc-bench.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/pam/covnc DESTINATION ${CMAKE_INSTALL_DOCDIR}/pam)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The emulator's side, which needs nothing of the above.
install(TARGETS covnc-display LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES src/covnc-display/covnc_display.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(packaging/covnc-display.pc.in covnc-display.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/covnc-display.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES packaging/man/covnc_display.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES docs/shm-protocol.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
