foreach(layer coroutine encodings rfb)
  install(DIRECTORY ${layer}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/covnc/${layer}
          FILES_MATCHING PATTERN "*.h")
endforeach()
install(TARGETS covncd covnc-load covnc-bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/man/covncd.1 packaging/man/covnc-load.1 packaging/man/covnc-bench.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
