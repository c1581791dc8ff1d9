# Debian packages, three of them: `cadre` (the tool, the client library, the user and the directories, on every machine), and the
# daemons, one each. scripts/package builds and checks them; maintainer scripts lie beside this file by package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "The Cadre authors")
set(CPACK_PACKAGE_CONTACT "The Cadre authors <cadre@cadre.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "durable job-processing cluster on ZeroMQ and MariaDB")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL tool broker worker)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

function(cadre_package component name depends summary text)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  file(GLOB scripts ${CMAKE_SOURCE_DIR}/etc/packages/${component}/*)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
endfunction()
cadre_package(tool cadre "adduser" "job-processing cluster, tool and client library"
  "The command cadre submits jobs to a Cadre cluster and looks after it;\nthe client library does the same from C++.")
set(CPACK_DEBIAN_BROKER_PACKAGE_SUGGESTS "mariadb-server-core")  # for a MariaDB of Cadre's own; mariadb-server would start one of Debian's
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS "libzmq3-dev, libsodium-dev, libspdlog-dev, libfmt-dev, nlohmann-json3-dev, pkg-config")  # to link the library
cadre_package(broker cadre-broker "cadre (= ${PROJECT_VERSION}), libzmq5 (>= 4.3.4)" "job-processing cluster, broker"
  "Takes jobs, keeps them in MariaDB, and gives them to the workers of a\nCadre cluster. For the master.")
cadre_package(worker cadre-worker "adduser, cadre (= ${PROJECT_VERSION}), libzmq5 (>= 4.3.4)" "job-processing cluster, worker of a node"
  "Runs engines, which are programs of any language, for the jobs that the\nbroker of a Cadre cluster gives it. For the master and every extension.")

# What Debian wants beside every program: copyright, a list of changes, a manual page. The last two are made by scripts/package
# before it calls cpack.
foreach(package tool:cadre broker:cadre-broker worker:cadre-worker)
  string(REPLACE ":" ";" pair ${package})
  list(GET pair 0 component)
  list(GET pair 1 name)
  install(FILES ${CMAKE_SOURCE_DIR}/etc/packages/copyright DESTINATION share/doc/${name} COMPONENT ${component})
  install(DIRECTORY ${CMAKE_BINARY_DIR}/made/${name}/ DESTINATION share COMPONENT ${component} OPTIONAL)
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/etc/completions/cadre.bash DESTINATION share/bash-completion/completions COMPONENT tool RENAME cadre)
include(CPack)
