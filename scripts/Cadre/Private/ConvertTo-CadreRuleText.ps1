# A rule as nft tells it in JSON, in nft's own words: what Set-CadreFirewallRule makes is understood, anything else stays JSON.
function ConvertTo-CadreRuleText {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [object[]] $Expression)

    $words = foreach ($part in $Expression) {
        if ($part.Contains('accept')) { 'accept'; continue }
        if ($part.Contains('drop')) { 'drop'; continue }
        $match = $part['match']
        if ($null -eq $match -or $match['op'] -ne '==') { ConvertTo-Json -InputObject $part -Depth 9 -Compress; continue }
        if ($match['left'].Contains('payload')) { '{0} {1}' -f $match['left']['payload']['protocol'], $match['left']['payload']['field'] }
        elseif ($match['left'].Contains('meta')) { $match['left']['meta']['key'] }
        else { ConvertTo-Json -InputObject $match['left'] -Depth 9 -Compress }
        $right = $match['right']
        if ($right -isnot [Collections.IDictionary]) { "$right" }
        elseif ($right.Contains('prefix')) { '{0}/{1}' -f $right['prefix']['addr'], $right['prefix']['len'] }
        else { ConvertTo-Json -InputObject $right -Depth 9 -Compress }
    }
    $words -join ' '
}
