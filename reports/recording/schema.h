/* The tables of a recording. */
#ifndef EK_REPORTS_RECORDING_SCHEMA_H
#define EK_REPORTS_RECORDING_SCHEMA_H

/* SQL that makes each table and view, with its documentation, which stays readable in the file
 * (`.schema`). Ends with NULL. */
extern const char *const ek__recording_schema[];

#endif
