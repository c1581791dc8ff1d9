# SecureString to plain text. The forms that are encrypted under a key are not imitated.

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
