# The module: every cmdlet is a file in Public, what they share is in Private. What decides something is done by the tool
# `cadre`; here is what an administrator holds in the hand.

Set-StrictMode -Version 3.0

# How the tool is found and which cluster it speaks to; Connect-CadreCluster sets it. $null: the tool of the PATH, with
# what CADRE_CONFIG or the node's own file says.
$script:Connection = $null

foreach ($directory in 'Private', 'Public') {
    foreach ($file in [IO.Directory]::GetFiles("$PSScriptRoot/$directory", '*.ps1')) {
        . "$file"
    }
}
