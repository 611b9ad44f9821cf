# cmake -DOUT=report.js "-DPARTS=a.js;b.js" -P join.cmake: one script of several, with no name of theirs outside it.
set(text "/* Brings the report to life: the same pictures as without scripts, to zoom into, with one cursor. */\n")
string(APPEND text "\"use strict\";\n(() => {\n")
foreach(part ${PARTS})
    file(READ ${part} plain)
    # Brackets and semicolons mean something to lists, so the text goes through as it is.
    string(APPEND text "${plain}\n")
endforeach()
string(APPEND text "})();\n")
file(WRITE ${OUT} "${text}")
