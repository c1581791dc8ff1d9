# A text that the tool answered, as a secret: it shows itself nowhere by accident, neither on the screen nor in a transcript.
function ConvertTo-CadreSecret {
    [CmdletBinding()]
    [OutputType([securestring])]
    param([Parameter(Mandatory)] [string] $Text)

    $secret = [securestring]::new()
    foreach ($letter in $Text.ToCharArray()) { $secret.AppendChar($letter) }
    $secret.MakeReadOnly()
    $secret
}
