#include "common/database/link_errors.hpp"

#include <algorithm>

namespace cadre::db {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The storage engine wraps the system's ENOSPC (28) into errors of several numbers; the text tells.
bool says_disk_full(std::string_view message) {
  return has(message, "No space left") || has(message, "Errcode: 28") || has(message, "error 28 ");
}

}  // namespace

Kind kind_of(unsigned code, std::string_view message) {
  switch (code) {
    case 1040:  // too many connections
    case 1129:  // host blocked after failed connects, until FLUSH HOSTS
    case 1135:  // the server cannot make a thread
    case 1203:  // too many connections of this user
    case 1226:  // a limit of this user is reached
    case 1037:  // the server is out of memory
    case 1041:
    case 1047:  // Galera node that is not in the primary component
    case 1053:  // shutting down
    case 1080:  // forced close
    case 1152:  // aborted connection
    case 1158:  // packets lost between client and server
    case 1159:
    case 1160:
    case 1161:
    case 1184:
    case 1836:  // read-only mode
    case 1927:  // connection killed
    case 2002:  // cannot connect: socket, TCP
    case 2003:
    case 2005:  // host name cannot be resolved
    case 2006:  // gone away
    case 2013:  // lost during the query, or no answer in time
    case 2014:  // out of step
    case 2026:  // TLS failed under way; while connecting it is `denied`, see connect()
    case 2027:  // malformed packet
    case 2055:  // lost connection, with the system's error
    case 2056:  // the statement was closed with its connection
      return Kind::away;
    case 1290:  // running with some option; only read-only passes by itself (failover)
      return has(message, "read-only") || has(message, "read_only") ? Kind::away : Kind::wrong;

    case 1020:  // snapshot conflict
    case 1205:  // lock wait; the transaction is still open, the caller rolls back
    case 1206:  // lock table full
    case 1213:  // deadlock; the transaction is gone
    case 1317:  // interrupted (KILL QUERY)
    case 1615:  // prepared statement needs to be prepared again
    case 1969:  // max_statement_time
    case 2057:  // the table got other columns since the statement was prepared
      return Kind::again;

    case 1062:
    case 1586:
      return Kind::duplicate;
    case 1644:
      return Kind::refused;

    case 1044:
    case 1045:
    case 1130:  // host not allowed
    case 1131:
    case 1142:
    case 1143:
    case 1227:
    case 1251:  // authentication protocol
    case 1370:
    case 1524:  // authentication plugin not loaded
    case 1698:
    case 1820:  // password must be changed
    case 1862:
    case 2059:  // authentication plugin not available to the client
    case 2061:
    case 4151:  // account locked
      return Kind::denied;

    case 1049:
    case 1054:
    case 1146:
    case 1305:  // procedure or function
      return Kind::missing;

    case 1153:
    case 1301:
    case 2020:
      return Kind::too_large;

    case 1021:
    case 1114:
      return Kind::full;
    default:
      return says_disk_full(message) ? Kind::full : Kind::wrong;
  }
}

bool ends_link(unsigned code) {
  switch (code) {
    case 1053:
    case 1080:
    case 1152:
    case 1153:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1184:
    case 1927:
    case 2002:
    case 2003:
    case 2006:
    case 2013:
    case 2014:
    case 2020:
    case 2026:
    case 2027:
    case 2055:
    case 2056:
      return true;
    default:
      return false;
  }
}

std::string first_words(std::string_view sql) {
  constexpr int words_max = 4;  // "ALTER USER x IDENTIFIED" still holds no secret
  constexpr std::size_t bytes_max = 60;
  std::string words;
  int count = 0;
  std::size_t at = 0;
  while (count < words_max && words.size() < bytes_max) {
    at = sql.find_first_not_of(" \t\r\n", at);
    if (at == std::string_view::npos) break;
    const std::size_t end = std::min(sql.find_first_of(" \t\r\n", at), sql.size());
    if (count++ > 0) words += ' ';
    words += sql.substr(at, std::min(end - at, bytes_max));
    at = end;
  }
  return words;
}

}  // namespace cadre::db
