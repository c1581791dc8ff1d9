// Prints the commands of a compatibility profile of PSScriptAnalyzer as {NAME: [PARAMETER OR ITS ALIAS, ...]}.
//   node commands.js PROFILE.json
'use strict';
const fs = require('fs');

const profile = JSON.parse(fs.readFileSync(process.argv[2], 'utf8').replace(/^\uFEFF/, ''));
const names = (part) => [...Object.keys(part.Parameters || {}), ...Object.keys(part.ParameterAliases || {})];

const commands = { common: names(profile.Runtime.Common) };
for (const versions of Object.values(profile.Runtime.Modules))
  for (const module of Object.values(versions))
    for (const [name, command] of [...Object.entries(module.Cmdlets || {}), ...Object.entries(module.Functions || {})])
      commands[name] = names(command);
console.log(JSON.stringify(commands));
