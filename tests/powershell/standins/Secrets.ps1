# SecureString to and from plain text. The forms that are encrypted under a key are not imitated.

function ConvertTo-SecureString {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $String,
        [Parameter(Mandatory)] [switch] $AsPlainText,
        [switch] $Force)
    process {
        $secret = [Security.SecureString]::new()
        foreach ($letter in $String.ToCharArray()) { $secret.AppendChar($letter) }
        $secret.MakeReadOnly()
        $secret
    }
}

function ConvertFrom-SecureString {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [securestring] $SecureString,
        [Parameter(Mandatory)] [switch] $AsPlainText)
    process {
        $at = [Runtime.InteropServices.Marshal]::SecureStringToBSTR($SecureString)
        try { [Runtime.InteropServices.Marshal]::PtrToStringBSTR($at) }
        finally { [Runtime.InteropServices.Marshal]::ZeroFreeBSTR($at) }
    }
}
