// The text of the schema files, compiled in (schema.cpp.in).
#pragma once

namespace cadre::db {
extern const char* const schema_0001;
}
