# The report, and the files that go into it: its own, and uPlot's, which npm installs.
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET GLOBAL zlib)

set(ek_html ${CMAKE_CURRENT_LIST_DIR})
set(ek_assets
    skeleton.html=${ek_html}/skeleton.html
    report.css=${ek_html}/report.css
    report.js=${CMAKE_CURRENT_BINARY_DIR}/report.js)
set(ek_asset_files ${ek_html}/skeleton.html ${ek_html}/report.css ${CMAKE_CURRENT_BINARY_DIR}/report.js)

# In the order in which they use each other.
set(ek_scripts page.js data.js view.js faults.js map.js plan.js copy.js chart.js story.js keys.js log.js begin.js)
list(TRANSFORM ek_scripts PREPEND ${ek_html}/script/)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/report.js
    COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_CURRENT_BINARY_DIR}/report.js "-DPARTS=${ek_scripts}"
            -P ${ek_html}/script/join.cmake
    DEPENDS ${ek_scripts} ${ek_html}/script/join.cmake
    COMMENT "Joining the report's scripts" VERBATIM)

if(EK_UPLOT)
    set(uplot ${CMAKE_SOURCE_DIR}/node_modules/uplot)
    foreach(row
            "uplot.js=dist/uPlot.iife.min.js=19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
            "uplot.css=dist/uPlot.min.css=df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"
            "uplot.license=LICENSE=8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd")
        string(REPLACE "=" ";" row "${row}")
        list(GET row 0 name)
        list(GET row 1 path)
        list(GET row 2 wanted)
        if(NOT EXISTS ${uplot}/${path})
            message(FATAL_ERROR "${uplot}/${path} is missing: run script/bootstrap (or `npm ci --ignore-scripts`),"
                                " or configure with -DEK_UPLOT=OFF: reports then have still pictures only")
        endif()
        file(SHA256 ${uplot}/${path} found)
        if(NOT found STREQUAL wanted)
            message(FATAL_ERROR "${uplot}/${path} is not the file that this version was tested with:"
                                " sha256 ${found}, not ${wanted}")
        endif()
        list(APPEND ek_assets ${name}=${uplot}/${path})
        list(APPEND ek_asset_files ${uplot}/${path})
    endforeach()
endif()

set(ek_assets_c ${CMAKE_CURRENT_BINARY_DIR}/html_assets.c)
add_custom_command(OUTPUT ${ek_assets_c}
    COMMAND ${CMAKE_COMMAND} -DOUT=${ek_assets_c} "-DASSETS=${ek_assets}" -P ${ek_html}/embed.cmake
    DEPENDS ${ek_asset_files} ${ek_html}/embed.cmake
    COMMENT "Embedding the report's files" VERBATIM)

target_sources(ek_reports PRIVATE
    html/course.c
    html/curves.c
    html/data.c
    html/folder.c
    html/moment.c
    html/pack.c
    html/page.c
    html/panels.c
    html/part_calls.c
    html/part_clients.c
    html/part_events.c
    html/part_expectations.c
    html/part_failover.c
    html/part_graphs.c
    html/part_head.c
    html/part_latency.c
    html/part_scenario.c
    html/part_shares.c
    html/part_spread.c
    html/part_story.c
    html/picture.c
    html/picture_heat.c
    html/report.c
    html/weights.c
    html/write.c
    ${ek_assets_c})
set_property(SOURCE html/part_head.c html/part_scenario.c html/page.c APPEND PROPERTY
    COMPILE_DEFINITIONS EK_VERSION="${PROJECT_VERSION}")
# libm draws the curves; no number that is judged goes through it.
target_link_libraries(ek_reports PRIVATE $<BUILD_INTERFACE:PkgConfig::zlib> $<BUILD_INTERFACE:m>)
